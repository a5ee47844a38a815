//! tmp
use burn::tensor::{Device,Tensor,Distribution,activation::*,module::*,Int,Bool};
use std::time::Instant;
fn time<const D:usize>(name:&str, inputs:Vec<Tensor<D>>, f:impl Fn(&[Tensor<D>])->Tensor<D>){
  let mut best=(f64::MAX,f64::MAX,f64::MAX);
  for _ in 0..15{
    let ins:Vec<_>=inputs.iter().map(|t|t.clone().detach().require_grad()).collect();
    let b=Instant::now(); let y=f(&ins); let t1=b.elapsed().as_secs_f64()*1e3;
    let b=Instant::now(); let _g=y.backward(); let t2=b.elapsed().as_secs_f64()*1e3;
    let plain:Vec<_>=inputs.iter().map(|t|t.clone().inner()).collect();
    let b=Instant::now(); let _y=f(&plain); let t3=b.elapsed().as_secs_f64()*1e3;
    best.0=best.0.min(t1);best.1=best.1.min(t2);best.2=best.2.min(t3);
  }
  println!("{name:28} fwd {:8.3} bwd {:8.3}  plain fwd {:8.3} ms",best.0,best.1,best.2);
}
fn main(){
  let d=Device::flex().autodiff();
  let r=|s:[usize;2]|Tensor::<2>::random(s,Distribution::Normal(0.,1.),&d);
  let n=1024;
  time("linear 128->512",vec![r([n,128]),r([128,512])],|i|linear(i[0].clone(),i[1].clone(),None));
  time("matmul 128->512",vec![r([n,128]),r([128,512])],|i|i[0].clone().matmul(i[1].clone()));
  time("matmul 512->128",vec![r([n,512]),r([512,128])],|i|i[0].clone().matmul(i[1].clone()));
  time("matmul 128->384",vec![r([n,128]),r([128,384])],|i|i[0].clone().matmul(i[1].clone()));
  time("head 128->2048 (T)",vec![r([n,128]),r([2048,128])],|i|i[0].clone().matmul(i[1].clone().transpose()));
  let b=Tensor::<1>::random([512],Distribution::Default,&d).require_grad();
  time("linear+bias 128->512",vec![r([n,128]),r([128,512])],|i|linear(i[0].clone(),i[1].clone(),Some(b.clone())));
  let a4=|s:[usize;4]|Tensor::<4>::random(s,Distribution::Normal(0.,1.),&d);
  time("add [n,512]",vec![r([n,512]),r([n,512])],|i|i[0].clone()+i[1].clone());
  time("mul [n,512]",vec![r([n,512]),r([n,512])],|i|i[0].clone()*i[1].clone());
  time("square",vec![r([n,512])],|i|i[0].clone().square());
  time("mul_scalar",vec![r([n,512])],|i|i[0].clone().mul_scalar(0.1));
  time("add_scalar",vec![r([n,512])],|i|i[0].clone().add_scalar(0.1));
  time("exp",vec![r([n,512])],|i|i[0].clone().exp());
  time("tanh",vec![r([n,512])],|i|i[0].clone().tanh());
  time("sigmoid",vec![r([n,512])],|i|sigmoid(i[0].clone()));
  time("gelu (erf)",vec![r([n,512])],|i|gelu(i[0].clone()));
  time("gelu_tanh model",vec![r([n,512])],|i|counterpoise_model::gelu_tanh(i[0].clone()));
  time("softmax 8x4x128x128",vec![a4([8,4,128,128])],|i|softmax(i[0].clone(),3));
  time("log_softmax n x 2048",vec![r([n,2048])],|i|log_softmax(i[0].clone(),1));
  let idx=Tensor::<2,Int>::zeros([n,1],&d);
  time("gather n x 2048",vec![r([n,2048])],move |i|i[0].clone().gather(1,idx.clone()));
  let mask=Tensor::<4,Bool>::full([1,1,128,128],false,&d);
  time("mask_fill expand",vec![a4([8,4,128,128])],|i|i[0].clone().mask_fill(mask.clone().expand([8,4,128,128]),-1e30));
  let madd=Tensor::<4>::zeros([1,1,128,128],&d);
  time("mask add",vec![a4([8,4,128,128])],|i|i[0].clone()+madd.clone());
  time("qk^T",vec![a4([8,4,128,32]),a4([8,4,128,32])],|i|i[0].clone().matmul(i[1].clone().swap_dims(2,3)));
  time("qk^T strided",vec![a4([8,128,4,32]),a4([8,128,4,32])],|i|i[0].clone().swap_dims(1,2).matmul(i[1].clone().swap_dims(1,2).swap_dims(2,3)));
  time("pv",vec![a4([8,4,128,128]),a4([8,4,128,32])],|i|i[0].clone().matmul(i[1].clone()));
  time("pv strided",vec![a4([8,4,128,128]),a4([8,128,4,32])],|i|i[0].clone().matmul(i[1].clone().swap_dims(1,2)));
  time("swap+reshape",vec![a4([8,4,128,32])],|i|i[0].clone().swap_dims(1,2).reshape([8,128,4,32]));
  let r3=|s:[usize;3]|Tensor::<3>::random(s,Distribution::Normal(0.,1.),&d);
  let g=Tensor::<1>::ones([128],&d).require_grad(); let be=Tensor::<1>::zeros([128],&d).require_grad();
  time("layer_norm",vec![r3([8,128,128])],|i|layer_norm(i[0].clone(),g.clone(),Some(be.clone()),1e-5));
  time("narrow of qkv x3",vec![r3([8,128,384])],|i|i[0].clone().narrow(2,0,128)+i[0].clone().narrow(2,128,128)+i[0].clone().narrow(2,256,128));
  let ids=Tensor::<2,Int>::zeros([8,128],&d);
  time("embedding",vec![r([2048,128])],|i|embedding(i[0].clone(),ids.clone()).reshape([n,128]));
}
