//! tmp
use burn::tensor::{Device,Tensor,Int,TensorData};
use burn::module::Module;
use burn::optim::GradientsParams;
use counterpoise_model::{Config, Gpt2};
use counterpoise_train::*;
use std::time::Instant;
fn main(){
  let device=Device::flex(); device.seed(1);
  let args:Vec<usize>=std::env::args().skip(1).map(|a|a.parse().unwrap()).collect();
  let (batch,steps)=(args[0],args[1]);
  let model=Gpt2::init(&Config::new(2048,128,128,4,4),&device);
  let mut x=1u32; let docs:Vec<Vec<u32>>=(0..400).map(|_|(0..100).map(|_|{x=x.wrapping_mul(1664525).wrapping_add(1013904223);(x>>16)%2048}).collect()).collect();
  let t=LanguageModelTraining{duration:Duration::Steps(steps),batch_size:batch,context:128,learning_rate:1e-3,warmup_steps:1,weight_decay:0.1,max_gradient_norm:1.0,seed:1};
  let mut r=t.start(model.clone(),docs,0).unwrap();
  while let Some(l)=r.step().unwrap(){println!("{} {:.3} {:.0} tok/s",l.step,l.loss,l.tokens_per_second)}
  // forward split
  let m=model.train();
  let dev=m.device();
  for _ in 0..3{
  let tok=Tensor::<2,Int>::from_data(TensorData::new((0..batch*128).map(|i|(i*7%2048) as i64).collect::<Vec<_>>(),[batch,128]),&dev);
  let b=Instant::now();
  let h=m.hidden(tok.clone()).unwrap(); let a=b.elapsed();
  let l=m.logits(h.clone()); let c=b.elapsed();
  let lp=burn::tensor::activation::log_softmax(l,2).gather(2,tok.clone().reshape([batch,128,1])); let d=b.elapsed();
  let loss=lp.mean(); let e=b.elapsed();
  let g=loss.backward(); let f=b.elapsed();
  let gp=GradientsParams::from_grads(g,&m); let gg=b.elapsed();
  println!("hidden {a:?} logits {:?} lsm {:?} mean {:?} backward {:?} params {:?} {}",c-a,d-c,e-d,f-e,gg-f,gp.len());
  let b=Instant::now();
  let h=m.hidden(tok).unwrap().sum(); let a=b.elapsed();
  let _g=h.backward(); println!("body only: fwd {a:?} bwd {:?}",b.elapsed()-a);
  }
}
